/** The environment's variables, as `process.env` or a Worker's text bindings have them. */
export type Env = { readonly [name: string]: string | undefined }

const REFERENCE = /(?<!\{)(?:\{\$([^\s{}$%:"]+)(?::([^{}]*))?\}|\{%([^\s{}$%:"]+)(?::([^{}%]*))?%\})/g

/**
 * Puts in the environment's variables: `{$NAME}`, `{%NAME%}`, or with a default for one that is not set or empty,
 * `{$NAME:default}`. Without one it becomes nothing, as in CoreDNS. After another brace it is no reference: `{{$x}}` is a
 * template's variable. What a variable brings in is not looked at again. `missing` is told of those that are not set.
 */
export function expandEnv(text: string, env: Env, missing: (name: string) => void = () => {}): string {
  if (!text.includes('{$') && !text.includes('{%')) return text
  return text.replace(
    REFERENCE,
    (_, unix?: string, unixDefault?: string, windows?: string, windowsDefault?: string) => {
      const name = unix ?? windows ?? ''
      const value = Object.hasOwn(env, name) ? env[name] : undefined
      const otherwise = unixDefault ?? windowsDefault
      if (value === undefined && otherwise === undefined) missing(name)
      return value || (otherwise ?? '')
    },
  )
}
