import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { untilAborted } from "../until-aborted.ts";
import { HttpProblem } from "./http-problem.ts";

/** Which hosts may be asked. */
export interface HostPolicy {
  readonly allowedHosts: readonly string[] | undefined;
  readonly publicAddressesOnly: boolean;
}

/** Addresses that are not the internet's: https://www.iana.org/assignments/iana-ipv4-special-registry and that of IPv6. */
const reserved = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  reserved.addSubnet(network, prefix, "ipv4");
}
/** All that the internet uses of IPv6 today. What carries an address of IPv4 (6to4, Teredo) is taken out of it. */
const internet6 = new BlockList();
internet6.addSubnet("2000::", 3, "ipv6");
const carriers6 = new BlockList();
for (const [network, prefix] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  carriers6.addSubnet(network, prefix, "ipv6");
}

/** @throws HttpProblem when the host of `url` may not be asked; the signal's reason. */
export async function admitHost(url: URL, policy: HostPolicy, signal: AbortSignal): Promise<void> {
  const host = url.hostname.replace(/\.$/, "");
  if (policy.allowedHosts?.some((pattern) => matches(pattern, host, url)) === false) {
    throw new HttpProblem(
      "address",
      `The host ${url.host} is not one of those that are allowed (allowedHosts).`,
    );
  }
  if (!policy.publicAddressesOnly) return;
  for (const address of await addressesOf(host, signal)) {
    if (isPublicAddress(address)) continue;
    const reason = `The host ${url.host} has an address that is not public (publicAddressesOnly).`;
    throw new HttpProblem("address", reason);
  }
}

/** Whether an address of IPv4 or IPv6 is one of the internet. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !reserved.check(address, "ipv4");
  return internet6.check(address, "ipv6") && !carriers6.check(address, "ipv6");
}

async function addressesOf(host: string, signal: AbortSignal): Promise<readonly string[]> {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (isIP(bare) !== 0) return [bare];
  try {
    return (await untilAborted({ signal }, () => lookup(bare, { all: true }))).map(({ address }) => address);
  } catch (error) {
    signal.throwIfAborted();
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new HttpProblem("network", `The host ${host} was not found (${code}).`, { isTransient: true });
  }
}

function matches(pattern: string, host: string, { protocol, port }: URL): boolean {
  const [, name = "", wantedPort] = /^(.*?)(?::(\d+))?$/.exec(pattern.replace(/^(\[.*\])$/, "$1:")) ?? [];
  const actualPort = port === "" ? (protocol === "https:" ? "443" : "80") : port;
  if (wantedPort !== undefined && wantedPort !== actualPort) return false;
  const wanted = name.replace(/:$/, "");
  return wanted.startsWith("*.") ? host.endsWith(wanted.slice(1)) : host === wanted;
}
