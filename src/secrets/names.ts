import picomatch from 'picomatch';
import known from './known-names.json' with { type: 'json' };

/** In `secrets-include` it stands for everything that is chosen where the input is not given. No name has a dash. */
export const defaultsWord = 'openclaw-defaults';

/**
 * Globs for the names OpenClaw reads from its environment, and what they were taken from: known-names.json. Its
 * `<PROVIDER>_API_KEYS` and `<PROVIDER>_API_KEY_1` are the key rotation of its model providers.
 */
export const openclawNames: readonly string[] = [
  ...known.gateway,
  ...known.providers.flatMap((name) =>
    name.endsWith('_API_KEY') ? [name, `${name}S`, `${name}_+([0-9])`] : [name],
  ),
  ...known.channels,
  ...known.skills,
];

/**
 * Never taken out of a JSON object, whatever `secrets-include` says: the deploy's own credentials and the runner's.
 * `secrets-exclude` adds to them. Whoever wants one of these on the machine names it in a list.
 */
const runnersOwn = ['FLY_*', 'GITHUB_TOKEN', 'ACTIONS_*', 'RUNNER_*'];

/** Which names of a JSON object are sent. `null`: the input was not given. */
export function nameFilter(
  include: readonly string[] | null,
  exclude: readonly string[] | null,
): (name: string) => boolean {
  const chosen = (include ?? [defaultsWord]).flatMap((glob) =>
    glob === defaultsWord ? openclawNames : [glob],
  );
  const isChosen = matchesAny(chosen);
  // toJSON(secrets) has `github_token`, everything else in capitals: what is kept out is kept out in any case.
  const isKeptOut = matchesAny([...runnersOwn, ...(exclude ?? [])], { nocase: true });
  return (name) => isChosen(name) && !isKeptOut(name);
}

/** Whether a name matches one of the globs; none matches where there is no glob. */
export function matchesAny(
  globs: readonly string[],
  options: { readonly nocase?: boolean } = {},
): (name: string) => boolean {
  return globs.length === 0 ? () => false : picomatch([...globs], { dot: true, nonegate: true, ...options });
}

/** A glob that says "everything but", which in a list of what to take is hardly ever meant. */
export function isNegated(glob: string): boolean {
  return /^!(?!\()/.test(glob);
}
