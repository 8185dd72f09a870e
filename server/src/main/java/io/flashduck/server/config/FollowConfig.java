package io.flashduck.server.config;

import java.time.Duration;

/**
 * How changes of the data folder are noticed.
 *
 * <p>Threading: immutable.
 *
 * @param scanInterval the shortest time between two full scans
 * @param watch whether change notices of the operating system are used between scans
 * @param settle how long a file that is written in place must rest before it is read
 * @param settleLimit after this time a file that never rests is read as it is
 */
public record FollowConfig(
    Duration scanInterval, boolean watch, Duration settle, Duration settleLimit) {}
