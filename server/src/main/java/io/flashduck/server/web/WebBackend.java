package io.flashduck.server.web;

import io.flashduck.server.engine.Engine;
import io.flashduck.server.table.Database;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;

/**
 * What the HTTP endpoints work on.
 *
 * <p>Threading: the parts are thread-safe.
 *
 * @param database tables and writes
 * @param engine reads
 * @param allocator borrowed; every request takes a child of it
 * @param info what the page says about the server
 * @param limits bounds of single requests
 * @param timer ends what takes too long; borrowed
 * @param running the statements that run now, over Flight too
 */
public record WebBackend(
    Database database,
    Engine engine,
    BufferAllocator allocator,
    ServerInfo info,
    WebLimits limits,
    ScheduledExecutorService timer,
    Supplier<List<RunningQuery>> running) {}
