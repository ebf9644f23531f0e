import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, stat, statfs, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseEndpoint } from "./endpoint/parse-endpoint.ts";
import { NotEnoughDiskError } from "./errors/not-enough-disk-error.ts";
import { prepareHost } from "./host-settings.ts";
import { missingDownloadBytes } from "./hub-cache.ts";

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

test("what a node downloads has to have room where it goes, beside what is to spare", async () => {
  const { bavail, bsize } = await statfs(folder);
  const tooMuch = bavail * bsize;
  const requiring = (bytes: number) => ({ downloads: [{ id: "org/model", bytes }] });
  for (const huggingFaceCache of [join(folder, "hf"), false] as const) {
    const options = { huggingFaceCache, minFreeDiskBytes: 2 ** 20 };
    await prepareHost(here, info, options, requiring(1));
    await assert.rejects(prepareHost(here, info, options, requiring(tooMuch)), (error) => {
      assert(NotEnoughDiskError.isInstance(error), String(error));
      assert.match(
        error.message,
        /expected \d+ MiB free on the disk of \S+ \(\d+ MiB that the node downloads, and 1 MiB to spare\), but there are \d+ MiB/,
      );
      return true;
    });
  }
});

test("what is in the cache already is not downloaded", async () => {
  const cache = join(folder, "full");
  const repository = join(cache, "hub", "models--org--model");
  const downloads = [
    { id: "org/model", bytes: 1000 },
    { id: "org/other", bytes: 20 },
  ];
  assert.equal(await missingDownloadBytes(cache, downloads), 1020);
  await mkdir(join(repository, "refs"), { recursive: true });
  await mkdir(join(repository, "snapshots", "abc"), { recursive: true });
  await writeFile(join(repository, "refs", "main"), "abc\n");
  await writeFile(join(repository, "blob"), new Uint8Array(990));
  await symlink("../../blob", join(repository, "snapshots", "abc", "model.safetensors"));
  assert.equal(await missingDownloadBytes(cache, downloads), 30);
  assert.equal(await missingDownloadBytes(undefined, downloads), 1020);
  assert.equal(await missingDownloadBytes(cache, undefined), 0);
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
