import { errors } from '../../domain/errors.js';
import { mayUseModel, type Principal } from '../../domain/principal.js';

/** @throws 403 `permission_denied` for a model that the key does not name */
export function checkModel(principal: Principal, model: string): void {
  if (!mayUseModel(principal, model)) throw errors.modelNotAllowed(model);
}
