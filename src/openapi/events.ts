import type { TSchema } from 'elysia'
import { EVENTS } from '../live/schema.ts'
import { type Keywords, openApiSchema } from './schema.ts'

/** The schemas of the live events: one for each type, and `LiveEvent` for any of them. */
export function eventSchemas(): Record<string, Keywords> {
  const named: Record<string, Keywords> = {}
  const mapping: Record<string, string> = {}
  const oneOf = EVENTS.map((schema: TSchema) => {
    const reference = openApiSchema(schema, named)
    mapping[schema.properties.type.const] = String(reference.$ref)
    return reference
  })
  return {
    ...named,
    LiveEvent: {
      description: 'An event on a live connection. Ignore types that you do not know.',
      oneOf,
      discriminator: { propertyName: 'type', mapping },
    },
  }
}
