/**
 * Whether a secret is made of repetitions, sequences, common words or published examples: a compressor that knows these makes
 * it shorter. Random characters stay as long as they are.
 * @param least minimum length of such a secret, in bytes
 */
export function isGuessable(secret: string, { least }: { least: number }): boolean {
  known ??= [...RUNS, ...RUNS.map(reversed), ...WORDS, WORDS.join('').replaceAll('-', '')].join(' ')
  const folded = secret
    .slice(0, MEASURED)
    .toLowerCase()
    .replaceAll(/[\s_.:/]+/g, '-')
  return compressedLength(Buffer.from(folded).toString('latin1'), known) < least * RANDOM_SHARE
}

/** Characters from the beginning, because the time grows with their square. */
const MEASURED = 256

let known: string | undefined

/** By chance, random digits contain a few parts of sequences: one of 100,000 tokens of 16 digits becomes a third shorter. */
const RANDOM_SHARE = 0.6

/**
 * The length of a text in bytes as LZ77 writes it: one for each new character, two for a part that occurred before or in
 * `known`. zlib can do this with a dictionary, but Deno's ignores it.
 */
function compressedLength(text: string, known: string): number {
  const all = known + text
  let length = 0
  for (let at = known.length; at < all.length; ) {
    let size = 1
    // A part may overlap its earlier occurrence, as in a repetition.
    while (at + size < all.length && all.indexOf(all.slice(at, at + size + 1)) < at) size++
    const isPart = size > 3
    length += isPart ? 2 : 1
    at += isPart ? size : 1
  }
  return length
}

/** Sequences, and keys that are side by side. */
const RUNS = [
  'abcdefghijklmnopqrstuvwxyz',
  '0123456789abcdef',
  '1234567890',
  '0102030405060708091011121314151617181920',
  '00112233445566778899aabbccddeeffgghhiijjkkllmmnnoopp',
  'a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6',
  'qwertyuiopasdfghjklzxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  'qazwsxedcrfvtgbyhnujmikolp',
  'aaabbbcccdddeeefffggghhhiiijjjkkklllmmm',
]

/** Words of placeholders, and secrets that tutorials publish. */
const WORDS = [
  'the-quick-brown-fox-jumps-over-the-lazy-dog lorem-ipsum-dolor-sit-amet correct-horse-battery-staple keyboard-cat',
  'deadbeef cafebabe hunter2 letmein welcome monkey dragon sunshine iloveyou hello-world foo bar baz qux abc123 asdf',
  'admin root user username guest hmac sha256 hs256 aes oauth authentication authorization signing signature encryption',
  'session cookie access refresh metrics prometheus api app application chat chatapp messenger server service local localhost backend web',
  'development staging production prod test testing tests demo dummy sample example default insecure unsafe not-safe',
  'do-not-use use-only placeholder todo fixme some something anything long longer enough random randomly generated',
  'string text value word phrase number characters chars bytes byte bits must-be-set-to replace-this-with-a replace-me',
  'change-it change-me changeme please-change-this before-in-production my-super-secret-key-that-is-very-long our',
  'this-is-a-very-secret-jwt-secret private public key for-jwt-token tokens passwords password passw0rd p@ssw0rd',
  'passphrase secrets s3cr3t at-least-32-characters-long openssl-rand-hex-32',
  'a-string-secret-at-least-256-bits-long your-256-bit-secret your-512-bit-secret',
  'gqdstcksx0nhjpouxoyg5mbej1xt0ufiwdvvvbrk',
]

const reversed = (text: string) => [...text].reverse().join('')

/** Minimum length of a secret that signs tokens, in bytes: as long as the hash (RFC 7518, 3.2). */
const JWT_SECRET_BYTES = 32

/** Whether a secret is long and random enough to sign tokens. */
export function isStrongSecret(secret: string): boolean {
  return Buffer.byteLength(secret) >= JWT_SECRET_BYTES && !isGuessable(secret, { least: JWT_SECRET_BYTES })
}
