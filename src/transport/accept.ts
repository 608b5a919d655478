/**
 * How much a client wants a media type, from 0 (not at all) to 1, by its Accept field (RFC 9110 §12.5.1): the most
 * specific range that fits decides. Without the field everything is welcome.
 */
export function quality(accept: string | undefined, type: string): number {
  if (!accept || accept === '*/*' || accept === type) return 1
  const anySubtype = `${type.slice(0, type.indexOf('/'))}/*`
  let best = 0
  let specificity = 0
  for (const { range, q } of ranges(accept)) {
    const fits = range === type ? 3 : range === anySubtype ? 2 : range === '*/*' ? 1 : 0
    if (fits <= specificity) continue
    specificity = fits
    best = q
  }
  return best
}

/** Does the client ask for the type by name, not by a wildcard? */
export function names(accept: string | undefined, type: string): boolean {
  if (!accept) return false
  return accept === type || ranges(accept).some(({ range, q }) => range === type && q > 0)
}

/** The media type of a field value, without parameters. */
export function mediaType(value: string | undefined): string {
  return (value ?? '').split(';', 1)[0].trim().toLowerCase()
}

function ranges(accept: string): { range: string; q: number }[] {
  return accept.split(',').map((part) => {
    const weight = /;\s*q\s*=\s*([0-9.]+)/i.exec(part)
    return { range: mediaType(part), q: weight ? Number.parseFloat(weight[1]) || 0 : 1 }
  })
}
