import fc from 'fast-check'
import { json, names, text } from './fuzz-inputs.ts'

/** The part of an OpenAPI 3.0 schema that the document uses. */
export type Schema = {
  $ref?: string
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array'
  enum?: unknown[]
  format?: string
  anyOf?: Schema[]
  nullable?: boolean
  minimum?: number
  maximum?: number
  maxLength?: number
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  example?: unknown
}

/** A placeholder for a value seen in responses under this name, or the example if there is none. */
export class Known {
  constructor(
    readonly name: string,
    readonly index: number,
    readonly example?: unknown,
  ) {}
}

type Resolve = (schema: Schema) => Schema

/** Generates valid and often meaningful values of the schema. */
export function fitting(schema: Schema, name: string, resolve: Resolve): fc.Arbitrary<unknown> {
  const { type, enum: choices, anyOf, nullable, properties, required = [], items, example } = resolve(schema)
  const known = fc.nat(1000).map((index) => new Known(name, index, example))
  const value = (): fc.Arbitrary<unknown> => {
    if (choices) return fc.constantFrom(...choices)
    if (anyOf) return fc.oneof(...anyOf.map((one) => fitting(one, name, resolve)))
    switch (type) {
      case 'integer':
      case 'number':
        return fc.oneof(fc.nat(5), fc.constantFrom(...bounds(resolve(schema))))
      case 'boolean':
        return fc.boolean()
      case 'array':
        return fc.array(fitting(items ?? {}, name, resolve), { maxLength: 3 })
      case 'object': {
        const entries = Object.entries(properties ?? {})
        const values = Object.fromEntries(entries.map(([key, one]) => [key, fitting(one, key, resolve)]))
        return fc.record(values, { requiredKeys: required as never[] })
      }
      default:
        // A different password would lock the caller out.
        if (/password/i.test(name)) return known
        return fc.oneof({ weight: 3, arbitrary: known }, ...(example ? [fc.constant(example)] : []), text)
    }
  }
  return nullable ? fc.oneof({ weight: 4, arbitrary: value() }, fc.constant(null)) : value()
}

function bounds({ minimum = 0, maximum = 2 ** 31 }: Schema): number[] {
  return [minimum, minimum + 1, maximum - 1, maximum]
}

/** Generates almost valid bodies: with a field missing, added or of another type. */
export function almostFitting(fit: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(fit, fc.constantFrom('drop', 'replace', 'add'), fc.nat(), names, json)
    .map(([value, how, nth, name, odd]) => {
      if (typeof value !== 'object' || value === null || value instanceof Known) return odd
      const entries = Object.entries(value)
      const at = nth % (entries.length || 1)
      if (how === 'drop') entries.splice(at, 1)
      if (how === 'replace' && entries[at]) entries[at][1] = odd
      if (how === 'add') entries.push([name, odd])
      return Object.fromEntries(entries)
    })
}
