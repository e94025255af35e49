import type { Price } from './money.js';

/** What a model costs a project from a moment on, until a later version begins. */
export interface PriceVersion {
  projectId: string;
  id: string;
  model: string;
  effectiveAtMs: number;
  createdAtMs: number;
  price: Price;
}
