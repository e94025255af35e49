interface Format {
  test(text: string): boolean;
  /** Finds one in running text. */
  find: RegExp;
  /** A value that says nothing, for when the text holds none. */
  empty: string;
}

const date = /\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])/;
const time = /(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)/;
const email =
  /[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9])?@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,10}[A-Za-z]{2,63}/;
const uuid = /[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}/;
const byte = /(?:25[0-5]|2[0-4]\d|1?\d?\d)/;
const ipv4 = new RegExp(`${byte.source}(?:\\.${byte.source}){3}`);
const uri = /https?:\/\/[^\s"'<>()]*[^\s"'<>().,;!?]/;
const hostname = /(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,10}[A-Za-z]{2,63}/;
const duration = /P(?=[\dT])(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?/;

const whole = (pattern: RegExp): RegExp => new RegExp(`^(?:${pattern.source})$`);
const isDate = (text: string): boolean => whole(date).test(text) && isRealDay(text.slice(0, 10));
const dateTime = new RegExp(`${date.source}T${time.source}`);

/** Formats of JSON Schema that are found in texts and checked. Others are taken as plain strings. */
export const formats: ReadonlyMap<string, Format> = new Map<string, Format>([
  ['date', { test: isDate, find: date, empty: '1970-01-01' }],
  [
    'date-time',
    {
      test: (text) => whole(dateTime).test(text) && isRealDay(text.slice(0, 10)),
      find: dateTime,
      empty: '1970-01-01T00:00:00Z',
    },
  ],
  ['time', { test: (text) => whole(time).test(text), find: time, empty: '00:00:00Z' }],
  ['email', { test: (text) => whole(email).test(text), find: email, empty: 'nobody@example.com' }],
  ['uuid', { test: (text) => whole(uuid).test(text), find: uuid, empty: '00000000-0000-4000-8000-000000000000' }],
  ['uri', { test: isUri, find: uri, empty: 'https://example.com/' }],
  ['ipv4', { test: (text) => whole(ipv4).test(text), find: ipv4, empty: '0.0.0.0' }],
  ['ipv6', { test: isIpv6, find: /(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}/, empty: '::1' }],
  ['hostname', { test: (text) => whole(hostname).test(text), find: hostname, empty: 'example.com' }],
  ['duration', { test: (text) => whole(duration).test(text), find: duration, empty: 'PT0S' }],
]);

function isRealDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(text) && URL.canParse(text);
}

function isIpv6(text: string): boolean {
  return text.includes(':') && URL.canParse(`http://[${text}]/`);
}
