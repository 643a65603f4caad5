import fc from 'fast-check'
import { json, names, text } from './fuzz-inputs.ts'

/** A schema of OpenAPI 3.0, as far as ours say anything. */
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

/** One of the values that answers had under this name, when it is sent; while there are none, the example. */
export class Known {
  constructor(
    readonly name: string,
    readonly index: number,
    readonly example?: unknown,
  ) {}
}

type Resolve = (schema: Schema) => Schema

/** What fits the schema, and often means something. */
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
        // Another one would lock whoever asks out of their own account; those that almost fit have it.
        if (/password/i.test(name)) return known
        return fc.oneof({ weight: 3, arbitrary: known }, ...(example ? [fc.constant(example)] : []), text)
    }
  }
  return nullable ? fc.oneof({ weight: 4, arbitrary: value() }, fc.constant(null)) : value()
}

function bounds({ minimum = 0, maximum = 2 ** 31 }: Schema): number[] {
  return [minimum, minimum + 1, maximum - 1, maximum]
}

/** A body that almost fits: with a field less, more, or of another kind. */
export function bent(fit: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
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
