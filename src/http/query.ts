import type { TSchema } from 'elysia'
import type { FieldCode } from './errors.ts'
import { isInstant } from './instant.ts'

/**
 * Returns the error codes of the parameters in the query of `url` that have no single meaning, or are outside the range of
 * `schema`. The framework takes the first of repeated parameters and numbers such as `0x10`, and names no parameter for a
 * number out of range.
 */
export function queryFaults(schema: TSchema | undefined, url: string): Record<string, FieldCode> {
  const faults: Record<string, FieldCode> = {}
  const start = url.indexOf('?')
  if (!schema || start < 0) return faults
  const query = new URLSearchParams(url.slice(start + 1).split('#', 1)[0])
  for (const [name, property] of Object.entries<TSchema>(schema.properties)) {
    const [value, ...more] = query.getAll(name)
    if (more.length > 0 && !isArray(property)) faults[name] = 'repeated'
    else if (value !== undefined && !hasOneMeaning(property, value)) faults[name] = 'invalid'
  }
  return faults
}

function hasOneMeaning(property: TSchema, value: string): boolean {
  if (isInteger(property)) {
    const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = property
    return /^(?:0|[1-9]\d{0,15})$/.test(value) && Number(value) >= minimum && Number(value) <= maximum
  }
  return property.format !== 'date-time' || isInstant(value)
}

/** The framework adds a string alternative to an integer, for forms and queries. */
function isInteger({ type, anyOf = [] }: TSchema): boolean {
  return type === 'integer' || anyOf.some((one: TSchema) => one.type === 'integer')
}

function isArray({ type, anyOf = [] }: TSchema): boolean {
  return type === 'array' || anyOf.some((one: TSchema) => one.type === 'array')
}
