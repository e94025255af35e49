/** What an uploaded file is for (files section). */
export const uploadPurposes = ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals'] as const;
export type FilePurpose = (typeof uploadPurposes)[number];

/** An uploaded file without its bytes. */
export interface File {
  projectId: string;
  /** UUID. */
  id: string;
  filename: string;
  purpose: FilePurpose;
  bytes: number;
  /** SHA-256 of the bytes, in hex. */
  sha256: string;
  contentType: string;
  createdAtMs: number;
  /** From then on the file is gone; null: never. */
  expiresAtMs: number | null;
  endUser: string | null;
}
