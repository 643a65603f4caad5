import type { TSchema } from 'elysia'

export type Keywords = Record<string, unknown>

/** Formats of the string alternative that Elysia adds to a number or a boolean, for forms and queries. */
const COERCED = new Set(['integer', 'numeric', 'boolean'])

/**
 * Converts a TypeBox schema to OpenAPI 3.0, which differs from JSON Schema: `nullable` instead of the type `null`, `enum`
 * instead of `const`, one `example`. A schema with a `title` becomes a component of that name.
 */
export function openApiSchema(schema: TSchema, named: Record<string, Keywords>): Keywords {
  const { title } = schema
  if (!title) return translate(schema, named)
  named[title] ??= translate(schema, named)
  return { $ref: `#/components/schemas/${title}` }
}

function translate(schema: TSchema, named: Record<string, Keywords>): Keywords {
  const { title: _, const: constant, examples, anyOf, items, properties, ...rest } = schema
  const members: TSchema[] = (anyOf ?? []).filter(
    ({ type, format }: TSchema) => !COERCED.has(format) && type !== 'null',
  )
  const [member] = members
  // In OpenAPI 3.0 a nullable enum must also list null.
  if (rest.nullable && members.length === 1 && member?.enum) rest.enum = [...member.enum, null]
  // Elysia makes the first value of an enum its default.
  if (rest.enum) delete rest.default
  return {
    ...(members.length === 1 && translate(members[0]!, named)),
    ...(members.length > 1 && { anyOf: members.map((member) => openApiSchema(member, named)) }),
    ...rest,
    ...(constant !== undefined && { enum: [constant] }),
    ...(examples && { example: examples[0] }),
    ...(items && { items: openApiSchema(items, named) }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries<TSchema>(properties).map(([name, property]) => [name, openApiSchema(property, named)]),
      ),
    }),
  }
}
