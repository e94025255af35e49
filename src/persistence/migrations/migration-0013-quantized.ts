import { Migration } from '@mikro-orm/migrations';

/**
 * Vectors as the exact index compares them, beside the vectors themselves: a store is read for its first search in a quarter
 * of the bytes. Blocks that are older have none and are read as before.
 */
export class Migration0013Quantized extends Migration {
  override name = 'Migration0013Quantized';

  override up(): void {
    // Per window a scale (Float32, little-endian), then per window a signed byte for each dimension.
    this.addSql('alter table window_blocks add column quantized bytea');
    this.addSql('alter table window_blocks alter quantized set storage external');
  }
}
