/** Writes the generated pages of docs/. */
import { writeFile } from 'node:fs/promises';
import { apiReference } from './api.ts';
import { applySchemaText } from './apply-schema.ts';
import { eventReference } from './events.ts';
import { openApiText, packedOpenApi } from './openapi.ts';
import { taskSpecification } from './task-specification.ts';

await writeFile(new URL('../task-specification.md', import.meta.url), taskSpecification());
await writeFile(new URL('../events.md', import.meta.url), eventReference());
await writeFile(new URL('../api.md', import.meta.url), apiReference());
await writeFile(new URL('../apply.schema.json', import.meta.url), applySchemaText());
await writeFile(new URL('../openapi.json', import.meta.url), openApiText());
await writeFile(new URL('../../functions/api/openapi-packed.ts', import.meta.url), packedOpenApi());
