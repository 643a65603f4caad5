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
  // Elysia makes the first value of an enum its default.
  if (rest.enum) delete rest.default
  if (rest.enum?.some((value: unknown) => String(value).startsWith('-')))
    rest['x-enum-varnames'] = rest.enum.map(String).map(variableName)
  return {
    ...(members.length === 1 && (rest.nullable ? withoutEnum : same)(translate(member!, named))),
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

const same = (schema: Keywords) => schema

/**
 * A nullable enum as a pattern. In OpenAPI 3.0 the enum would have to list null, which generators turn into a value named
 * `null`, or fail at.
 */
function withoutEnum({ enum: values, ...schema }: Keywords): Keywords {
  return values ? { ...schema, pattern: `^(?:${(values as string[]).join('|')})$` } : schema
}

/** The identifier of a value in generated code: `createdAt` and `-createdAt` would be the same. */
function variableName(value: string): string {
  const name = value
    .replace(/^-/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, '_')
    .toUpperCase()
  return value.startsWith('-') ? `${name}_DESCENDING` : name
}
