import { Client } from "pg";

const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
const { rowCount } = await client.query("INSERT INTO notes (text) VALUES ('Buy milk'), ('Call Ada')");
await client.end();
console.log(`${rowCount} notes seeded`);
