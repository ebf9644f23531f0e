import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, ServerFixture } from "../fixture.ts";
import { someGpus } from "../world/stock.ts";

test("the catalogue lists GPUs with prices, and with availability for who asks", async () => {
  await using fixture = new ServerFixture();
  const server = await fixture.start({
    gpus: someGpus.map((gpu, index) =>
      index === 1 ? { ...gpu, availability: "NONE", cudaVersions: [] } : gpu,
    ),
  });
  const list = async (query: string) =>
    (await ask(server, "GET", `/v2/catalog/gpus${query}`)).body.gpus ?? [];
  const [first] = await list("");
  assert.deepEqual(first, {
    id: "NVIDIA L4",
    name: "L4",
    pool: null,
    manufacturer: "NVIDIA",
    memory: 24,
    secure: true,
    community: true,
    price: { secure: 0.39, community: 0.32 },
    maxCount: { secure: 8, community: 4 },
  });
  const available = async (query: string) =>
    (await list(`?include=AVAILABILITY&product=POD${query}`)).map(({ availability }) => availability);
  assert.deepEqual(await available(""), ["HIGH", "NONE", "HIGH", "HIGH"]);
  assert.deepEqual(await available("&count=5&cloud=COMMUNITY"), ["NONE", "NONE", "NONE", "NONE"]);
  assert.deepEqual(await available("&minCudaVersion=14"), ["NONE", "NONE", "NONE", "NONE"]);
  assert.deepEqual(await available("&countryCodes=FR"), []);
  const one = await ask(
    server,
    "GET",
    "/v2/catalog/gpus/NVIDIA%20L4?include=AVAILABILITY&product=POD&countryCodes=RO",
  );
  assert.deepEqual(one.body.dataCenters, [{ id: "EU-RO-1", name: "EU Romania 1", availability: "HIGH" }]);
  assert.equal((await ask(server, "GET", "/v2/catalog/gpus/none")).status, 404);
  const { body } = await ask(
    server,
    "GET",
    "/v2/catalog/datacenters?regions=EUROPE&include=GPU_AVAILABILITY",
  );
  assert.deepEqual(
    body.dataCenters?.map(({ id }) => id),
    ["EU-RO-1"],
  );
  assert.deepEqual(server.world.violations(), []);
});
