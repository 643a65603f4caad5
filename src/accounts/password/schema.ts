import { t } from 'elysia'

export const PasswordConfirmation = t.Object(
  { password: t.String({ description: 'Your current password.', examples: ['correct horse'] }) },
  {
    title: 'PasswordConfirmation',
    description: 'Confirmation with the password.',
    additionalProperties: false,
  },
)
