/** The escaping functions of text/template: html, js, urlquery. */

const HTML: { readonly [char: string]: string } = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
}

export const escapeHtml = (text: string): string => text.replace(/["'&<>\0]/g, (char) => HTML[char])

const JS: { readonly [char: string]: string } = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
}

export function escapeJs(text: string): string {
  return text.replace(/[\\'"<>&=]|[^\P{C}\n]|\n/gu, (char) => JS[char] ?? codeUnits(char))
}

const codeUnits = (char: string): string =>
  Array.from({ length: char.length }, (_, i) => `\\u${hex(char.charCodeAt(i), 4)}`).join('')

const hex = (code: number, size: number): string => code.toString(16).toUpperCase().padStart(size, '0')

export function escapeQuery(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/%20/g, '+')
    .replace(/[!'()*]/g, (char) => `%${hex(char.charCodeAt(0), 2)}`)
}
