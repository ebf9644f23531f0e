import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseEndpoint } from "./endpoint/parse-endpoint.ts";
import { NotEnoughDiskError } from "./errors/not-enough-disk-error.ts";
import { prepareHost } from "./host-settings.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "conduit-host-"));
});
after(() => rm(folder, { recursive: true }));

const info = { id: "ID", rootFolder: tmpdir(), cpuCount: 1, memoryBytes: 1, rootless: false };
const here = parseEndpoint("unix:///var/run/docker.sock");
const elsewhere = parseEndpoint("ssh://gpu.example");

test("the cache is made for the user of the containers", async () => {
  const huggingFaceCache = join(folder, "cache");
  const user = process.getuid?.() === 0 ? "1234:5678" : `${process.getuid?.()}:${process.getgid?.()}`;
  const settings = await prepareHost(here, info, { huggingFaceCache, user });
  const { uid, gid } = await stat(huggingFaceCache);
  assert.equal(`${uid}:${gid}`, user);
  assert.deepEqual(settings, {
    owner: { uid, gid },
    publishAddress: "127.0.0.1",
    cacheFolder: huggingFaceCache,
  });
});

test("containers of a rootless daemon run as its user", async () => {
  const options = { huggingFaceCache: false } as const;
  assert.deepEqual((await prepareHost(here, { ...info, rootless: true }, options)).owner, { uid: 0, gid: 0 });
});

test("another machine has no cache unless it is named, and needs an address that is reached from here", async () => {
  await assert.rejects(prepareHost(elsewhere, info, {}), /docker\.publishAddress/);
  const publishAddress = "10.0.0.7";
  assert.equal((await prepareHost(elsewhere, info, { publishAddress })).cacheFolder, undefined);
  const huggingFaceCache = "/models";
  const named = await prepareHost(elsewhere, info, { publishAddress, huggingFaceCache });
  assert.equal(named.cacheFolder, huggingFaceCache);
});

test("a disk without the room that was asked for is refused", async () => {
  const options = { huggingFaceCache: false, minFreeDiskBytes: 2 ** 60 } as const;
  await assert.rejects(prepareHost(here, info, options), (error) => {
    assert(NotEnoughDiskError.isInstance(error), String(error));
    assert.match(error.message, /expected 1099511627776 MiB free on the disk of .*, but there are \d+ MiB/);
    return true;
  });
});

test("what cannot be is refused", async () => {
  await assert.rejects(
    prepareHost(here, info, { user: "me" }),
    /expected docker\.user as <user id>:<group id>/,
  );
  const file = join(folder, "file");
  await writeFile(file, "");
  await assert.rejects(
    prepareHost(here, info, { huggingFaceCache: join(file, "cache") }),
    /expected to make the folder .* for the Hugging Face cache/,
  );
});
