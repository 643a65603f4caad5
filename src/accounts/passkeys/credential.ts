import { Value } from '@sinclair/typebox/value'
import type { Static, TSchema } from 'elysia'
import { type FieldCode, Invalid } from '../../http/errors.ts'

/**
 * What a browser wrote into a hidden field of a form, as the API takes it.
 * @throws Invalid of the field `credential` with the code
 */
export function readCredential<Schema extends TSchema>(
  schema: Schema,
  json: string,
  code: FieldCode,
): Static<Schema> {
  try {
    const credential: unknown = JSON.parse(json)
    if (Value.Check(schema, credential)) return credential
  } catch {
    // It is not even JSON.
  }
  throw new Invalid({ credential: code })
}
