/** A zone as a file would have it. Names without a final dot are below example.org. */
export const zone = `
@    3600 IN SOA  ns hostmaster 2026010101 7200 3600 1209600 300
     3600 IN NS   ns
ns   3600 IN A    192.0.2.53
www   300 IN A    192.0.2.1
www   300 IN AAAA 2001:db8::1
@     300 IN MX   10 mail
mail  300 IN A    192.0.2.25
`
