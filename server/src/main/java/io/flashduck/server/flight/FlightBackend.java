package io.flashduck.server.flight;

import io.flashduck.server.access.Authenticator;
import io.flashduck.server.access.SigningKey;
import io.flashduck.server.table.Database;
import java.time.Clock;
import org.apache.arrow.memory.BufferAllocator;

/**
 * What the Flight SQL server works on; all of it borrowed.
 *
 * <p>Threading: the parts are thread-safe.
 *
 * @param database tables, writes, and the engine for reads
 * @param authenticator who callers are
 * @param key signs tickets and prepared handles
 * @param allocator the server takes a child of it
 * @param clock when tickets end
 */
public record FlightBackend(
    Database database,
    Authenticator authenticator,
    SigningKey key,
    BufferAllocator allocator,
    Clock clock) {}
