import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from './env.js';

const Documents = z.record(z.string().min(1).max(256), z.string().min(1));

/** Texts by id out of the files a code generator wrote. @throws ConfigError naming the file */
export function readTrustedDocuments(files: readonly string[]): Map<string, string> {
  const documents = new Map<string, string>();
  for (const file of files)
    for (const [id, text] of Object.entries(readDocuments(file))) {
      const other = documents.get(id);
      if (other !== undefined && other !== text)
        throw new ConfigError(`${file}: '${id}' is another document elsewhere.`);
      documents.set(id, text);
    }
  return documents;
}

function readDocuments(file: string): Record<string, string> {
  try {
    return Documents.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError ? 'expected an object of texts by id' : (error as Error).message;
    throw new ConfigError(`graphql.trusted_documents: ${file}: ${why}`);
  }
}
