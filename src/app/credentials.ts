/** Names whose values are credentials. `_FILE`, `_PATH`, `_ID` and the like say where one is, not what it is. */
const credentialName =
  /(?:^|[_-]|[a-z])(?:token|secret|password|passwd|passphrase|api_?key|private_?key|access_?key|signing_?key|secret_?key|encryption_?key|auth_?key|service_?role_?key|secret_?key_?base|credentials?)$/i;

/** Values that are credentials whatever they are called, by the prefixes their makers give them. */
const credentialValue = [
  /^sk-(?:ant-|proj-|or-)?[\w-]{16,}/, // Anthropic, OpenAI, OpenRouter
  /^xox[abeprs]-[\w-]{10,}/, // Slack
  /^xapp-[\w-]{10,}/,
  /^(?:gh[oprsu]_|github_pat_)\w{20,}/, // GitHub
  /^AIza[\w-]{30,}/, // Google
  /^(?:FlyV1 )?fm[12][ar]?_[\w+/=,-]{20,}/, // Fly
  /^AKIA[A-Z0-9]{16}$/, // AWS
  /^(?:gsk|xai|hf|pplx|nvapi|fw)[_-][\w-]{20,}/, // Groq, xAI, Hugging Face, Perplexity, NVIDIA, Fireworks
  /^[MNO][\w-]{22,}\.[\w-]{6}\.[\w-]{25,}$/, // Discord
  /^\d{8,12}:[\w-]{30,}$/, // Telegram
  /^-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /^[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:(?![<{$])[^\s/@]+@/i, // an address with a password in it
  /^https:\/\/(?:hooks\.slack\.com\/services|discord(?:app)?\.com\/api\/webhooks)\/\S{20,}/,
  /^(?:sk|rk)_(?:live|test)_\w{16,}/, // Stripe
  /^(?:glpat|tskey|npm|tvly|dop_v1)[-_][\w-]{16,}/, // GitLab, Tailscale, npm, Tavily, DigitalOcean
];

/** What people write where a value is to be filled in, or is filled in elsewhere. */
const placeholder =
  /^(?:\s*|<.*>|\{\{.*\}\}|\$\{.*\}|\$[A-Z_]+|%.*%|your[-_ ].*|.*set[-_ ](?:in|via|by|with)[-_ ].*|x{3,}|\*{3,}|.*(?:\.{3}|…|x{4}).*|todo|replace[-_ ]?me|null|none|true|false|yes|no|on|off|op:\/\/.*|\/[\w.-]+(?:\/[\w.-]+)+|ollama(?:-local)?|lm-?studio|local|dummy|not[-_ ]needed|no[-_ ]?key|n\/a|\d{1,6})$/i;

/** The name of a variable that holds the value. */
const variableName = /^(?:[A-Z][A-Z0-9]*_)+(?:KEY|TOKEN|SECRET|PASSWORD)$/;

/**
 * Whether a value under this name is a credential, by the name or by its own shape. Placeholders and references
 * (`${NAME}`) are none.
 */
export function isCredential(name: string, value: string): boolean {
  if (placeholder.test(value) || variableName.test(value)) return false;
  return credentialName.test(name) || holdsCredential(value);
}

/** Whether one of the words of a text has the shape of a credential. */
export function holdsCredential(text: string): boolean {
  const words = text.split(/[\s"'`=,;()[\]]+/).filter((word) => !placeholder.test(word));
  return [text, ...words].some((word) => credentialValue.some((shape) => shape.test(word)));
}
