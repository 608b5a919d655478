import type { Place } from '../../query.ts'

/** The part of a database's record that has labels: the schemas City, Country, Enterprise, ASN and ISP of MaxMind's GeoIP2. */
export interface GeoRecord {
  readonly city?: Named
  readonly country?: Named & { readonly iso_code?: string; readonly is_in_european_union?: boolean }
  readonly continent?: Named & { readonly code?: string }
  readonly location?: { readonly latitude?: number; readonly longitude?: number; readonly time_zone?: string }
  readonly postal?: { readonly code?: string }
  readonly subdivisions?: readonly { readonly iso_code?: string }[]
  readonly autonomous_system_number?: number
  readonly autonomous_system_organization?: string
}

interface Named {
  readonly names?: { readonly en?: string }
}

/** What a database is about: which of the labels it has. */
export type Schema = 'city' | 'asn'

/** By the database's type, such as `GeoLite2-City`; none where it is about something else. */
export function schemasOf(type: string): readonly Schema[] {
  const schemas: Schema[] = []
  if (/City|Country|Enterprise|Location/.test(type)) schemas.push('city')
  if (/ASN|ISP|Enterprise/.test(type)) schemas.push('asn')
  return schemas
}

/** The labels behind `geoip/`, by schema. */
export const LABELS: Readonly<Record<Schema, Readonly<Record<string, (record: GeoRecord) => string>>>> = {
  city: {
    'city/name': ({ city }) => city?.names?.en ?? '',
    'country/code': ({ country }) => country?.iso_code ?? '',
    'country/name': ({ country }) => country?.names?.en ?? '',
    'country/is_in_european_union': ({ country }) => String(country?.is_in_european_union ?? false),
    'continent/code': ({ continent }) => continent?.code ?? '',
    'continent/name': ({ continent }) => continent?.names?.en ?? '',
    latitude: ({ location }) => String(location?.latitude ?? ''),
    longitude: ({ location }) => String(location?.longitude ?? ''),
    timezone: ({ location }) => location?.time_zone ?? '',
    postalcode: ({ postal }) => postal?.code ?? '',
    'subdivisions/code': ({ subdivisions = [] }) => subdivisions.map(({ iso_code = '' }) => iso_code).join(),
  },
  asn: {
    'asn/number': ({ autonomous_system_number = 0 }) => String(autonomous_system_number),
    'asn/org': ({ autonomous_system_organization = '' }) => autonomous_system_organization,
  },
}

const CONTINENTS: Readonly<Record<string, string>> = {
  AF: 'Africa',
  AN: 'Antarctica',
  AS: 'Asia',
  EU: 'Europe',
  NA: 'North America',
  OC: 'Oceania',
  SA: 'South America',
}

/** What the platform knows of a client, as a database would tell it. */
export function recordOfPlace(place: Place): GeoRecord {
  const { city, country, continent = '', regionCode, latitude, longitude } = place
  return {
    city: { names: { en: city } },
    country: {
      iso_code: country,
      names: { en: country && countryName(country) },
      is_in_european_union: place.isEUCountry === '1',
    },
    continent: { code: continent, names: { en: CONTINENTS[continent] } },
    location: { latitude: numberOf(latitude), longitude: numberOf(longitude), time_zone: place.timezone },
    postal: { code: place.postalCode },
    subdivisions: regionCode ? [{ iso_code: regionCode }] : [],
    autonomous_system_number: place.asn,
    autonomous_system_organization: place.asOrganization,
  }
}

const numberOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text))

/** Tor and satellite networks have codes that are no country's. */
function countryName(code: string): string | undefined {
  if (!/^[A-Z]{2}$/.test(code)) return undefined
  const name = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' }).of(code)
  return name
}
