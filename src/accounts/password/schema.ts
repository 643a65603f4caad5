import { t } from 'elysia'

/** The fields that confirm a change of the account. */
export const confirmation = {
  password: t.String({ description: 'Your current password.', examples: ['correct horse'] }),
  code: t.Optional(
    t.String({
      maxLength: 100,
      description:
        'With two-factor authentication: a code from the authenticator app, or a recovery code. 422 with `second_factor` without it.',
      examples: ['123456'],
    }),
  ),
}

export const PasswordConfirmation = t.Object(confirmation, {
  title: 'PasswordConfirmation',
  description: 'Confirmation with the password and, with two-factor authentication, a code.',
  additionalProperties: false,
})
