import { Migration } from '@mikro-orm/migrations';

/**
 * Counts of rate limits. Keys begin with what is limited, a project as a rule; they are text because one may also stand for the
 * whole server. Not logged: after a crash of the database every limit begins anew, and nothing else is lost.
 */
export class Migration0009RateLimits extends Migration {
  override name = 'Migration0009RateLimits';

  override up(): void {
    // As rate-limiter-flexible wants it; expire is in epoch milliseconds.
    this.addSql(`
      create unlogged table rate_windows (
        key text primary key,
        points double precision not null,
        expire double precision not null
      )`);
    this.addSql(`
      create unlogged table rate_places (
        bucket text not null,
        holder uuid not null,
        expires_at timestamptz(3) not null,
        primary key (bucket, holder)
      )`);
    // Takes a place in every room or in none; the number of the first full one, or null. Each statement sees what whoever had
    // the lock before has committed.
    this.addSql(`
      create function take_rate_places(rooms text[], most int[], taker uuid, lease_ms int) returns int
      language plpgsql as $$
      begin
        for i in 1 .. cardinality(rooms) loop
          perform pg_advisory_xact_lock(hashtextextended(rooms[i], 0));
          delete from rate_places where bucket = rooms[i] and expires_at <= clock_timestamp();
          if (select count(*) from rate_places where bucket = rooms[i]) >= most[i] then
            return i - 1;
          end if;
        end loop;
        insert into rate_places
          select room, taker, clock_timestamp() + lease_ms * interval '1 millisecond' from unnest(rooms) room
          on conflict do nothing;
        return null;
      end $$`);
  }
}
