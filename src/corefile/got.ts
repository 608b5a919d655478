const MAX_SHOWN = 80

/** `, got "foward"`: the offending word at the end of a message, cut where it is long. */
export function got(text: string): string {
  return `, got "${text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text}"`
}
