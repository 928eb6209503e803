import { isBase64, isCidr, isIp, isMicroTime, isTime } from './texts.ts';

/** What text of a format looks like. */
export interface Format {
  matches: (text: string) => boolean;
  /** Completes "X must be ...". */
  rule: string;
  /** The value may be a secret: messages do not show it. */
  hidden?: boolean;
}

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED = '[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?';

const dnsLabel = pattern(new RegExp(`^${LABEL}$`), 63);
const dnsSubdomain = pattern(new RegExp(`^${LABEL}(\\.${LABEL})*$`), 253);
const qualifiedName = pattern(new RegExp(`^${QUALIFIED}$`), 63);
const configKey = pattern(/^[-._a-zA-Z0-9]+$/, 253);
const portName = (text: string) => /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text) && /[a-z]/.test(text) && text.length <= 15;
const KEY_RULE = 'letters, digits, "-", "_" and ".", with at most a DNS name and "/" before it';

/**
 * Formats of text by name, as the type table uses them. Source: k8s.io/apimachinery/pkg/util/validation v0.35, as the
 * validation of each field uses it.
 */
export const FORMATS: Readonly<Record<string, Format>> = {
  nonEmpty: { matches: (text) => text !== '', rule: 'some text' },
  secretText: { matches: () => true, rule: 'text', hidden: true },
  bytes: { matches: isBase64, rule: 'base64', hidden: true },
  time: { matches: isTime, rule: 'a time such as "2026-01-31T12:00:00Z"' },
  microTime: { matches: isMicroTime, rule: 'a time with six decimals, such as "2026-01-31T12:00:00.000000Z"' },
  dnsLabel: {
    matches: dnsLabel,
    rule: 'a DNS label: at most 63 lower-case letters, digits and "-", with a letter or digit at both ends',
  },
  dnsLabel1035: {
    matches: pattern(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, 63),
    rule: 'a DNS label that starts with a letter: at most 63 lower-case letters, digits and "-"',
  },
  dnsSubdomain: {
    matches: dnsSubdomain,
    rule: 'a DNS name: lower-case letters, digits, "-" and ".", with a letter or digit at both ends of each part',
  },
  pathSegment: {
    matches: (text) => !['', '.', '..'].includes(text) && !/[/%]/.test(text),
    rule: 'a name that is not "." or "..", and has no "/" or "%"',
  },
  labelKey: { matches: isLabelKey, rule: KEY_RULE },
  // The API server compares the keys of annotations in lower case.
  annotationKey: { matches: (text) => isLabelKey(text.toLowerCase()), rule: KEY_RULE },
  labelValue: {
    matches: (text) => text === '' || qualifiedName(text),
    rule: 'at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends',
  },
  configKey: {
    matches: (text) => configKey(text) && text !== '.' && !text.startsWith('..'),
    rule: 'letters, digits, "-", "_" and "."',
  },
  envName: { matches: (text) => /^[ -<>-~]+$/.test(text), rule: 'printable ASCII without "="' },
  portName: { matches: portName, rule: 'a port name: at most 15 lower-case letters, digits and "-", with a letter' },
  headerName: { matches: (text) => /^[-A-Za-z0-9]+$/.test(text), rule: 'letters, digits and "-"' },
  hostOrWildcard: {
    matches: (text) => dnsSubdomain(text.replace(/^\*\./, '')) && !isIp(text),
    rule: 'a DNS name such as "mcp.example.com" or "*.example.com"',
  },
  csiDriverName: {
    matches: (text) => text.length <= 63 && dnsSubdomain(text.toLowerCase()),
    rule: 'a DNS name of at most 63 characters',
  },
  absolutePath: { matches: (text) => text.startsWith('/'), rule: 'an absolute path' },
  resourceName: {
    matches: (text) =>
      /^(cpu|memory|ephemeral-storage|hugepages-.+)$/.test(text) || (text.includes('/') && isLabelKey(text)),
    rule: 'cpu, memory, ephemeral-storage, or a name with a domain such as "example.com/gpu"',
  },
  resourceField: {
    matches: (text) => /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/.test(text),
    rule: 'limits or requests of a resource, such as "limits.cpu"',
  },
  limitType: {
    matches: (text) => /^(Container|Pod|PersistentVolumeClaim)$/.test(text) || (text.includes('/') && isLabelKey(text)),
    rule: 'Container, Pod or PersistentVolumeClaim',
  },
  ip: { matches: isIp, rule: 'an IP address' },
  cidr: { matches: isCidr, rule: 'an address range such as "10.0.5.0/24"' },
  promDuration: {
    matches: (text) => text === '0' || /^(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/.test(text),
    rule: 'a duration such as "30s" or "1h30m"',
  },
  gatewayDuration: {
    matches: (text) => /^(\d{1,5}(h|m|s|ms)){1,4}$/.test(text),
    rule: 'a duration such as "30s" or "1h30m"',
  },
  duration: {
    matches: (text) =>
      /^(0|[+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*)$/.test(text),
    rule: 'a duration such as "30s" or "1h30m"',
  },
};

/** What a value that is text or a whole number looks like. */
export interface NumberOrText {
  number: (value: number) => boolean;
  text: (value: string) => boolean;
  rule: string;
}

export const NUMBER_OR_TEXT: Readonly<Record<string, NumberOrText>> = {
  intOrString: { number: () => true, text: () => true, rule: 'a whole number or a string' },
  portOrName: {
    number: (value) => value >= 1 && value <= 65535,
    text: portName,
    rule: 'a port number, or the name of a port',
  },
  countOrPercent: {
    number: (value) => value >= 0,
    text: (value) => /^\d+%$/.test(value),
    rule: 'a number of at least 0, or a percentage such as "25%"',
  },
};

function pattern(regExp: RegExp, maxLength: number): (text: string) => boolean {
  return (text) => text.length <= maxLength && regExp.test(text);
}

function isLabelKey(text: string): boolean {
  const slash = text.indexOf('/');
  return slash < 0 ? qualifiedName(text) : dnsSubdomain(text.slice(0, slash)) && qualifiedName(text.slice(slash + 1));
}
