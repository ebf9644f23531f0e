import { describe } from "node:test";
import { testCommits } from "./sql-contract/commit-tests.ts";
import { testConnections } from "./sql-contract/connection-tests.ts";
import { testPrograms } from "./sql-contract/program-tests.ts";
import { testSchema } from "./sql-contract/schema-tests.ts";
import { testSecrets } from "./sql-contract/secret-tests.ts";
import { SqlDatabases, type SqlDatabasesOptions } from "./sql-contract/sql-databases.ts";

export interface SqlStoreTestOptions extends SqlDatabasesOptions {
  /** Why the tests cannot run here. */
  readonly skip?: string | false | undefined;
}

/** What every store in a database promises besides, as tests. */
export function testSqlStore(name: string, { skip = false, ...options }: SqlStoreTestOptions): void {
  describe(name, { skip }, () => {
    const databases = new SqlDatabases(options);
    testPrograms(databases);
    testSecrets(databases);
    testSchema(databases);
    testConnections(databases);
    testCommits(databases);
  });
}
