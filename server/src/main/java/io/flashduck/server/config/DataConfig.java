package io.flashduck.server.config;

import java.nio.file.Path;

/**
 * The watched folder, FlashDuck's own folders, and how the folder is followed.
 *
 * <p>Threading: immutable. All paths are absolute and normalized.
 *
 * @param dataDir the user's folder; FlashDuck never changes a user's file in it
 * @param stateDir FlashDuck's own folder
 * @param exportDir where the consolidated Parquet files are written
 * @param follow how changes of the folder are noticed
 */
public record DataConfig(Path dataDir, Path stateDir, Path exportDir, FollowConfig follow) {
  public DataConfig {
    dataDir = dataDir.toAbsolutePath().normalize();
    stateDir = stateDir.toAbsolutePath().normalize();
    exportDir = exportDir.toAbsolutePath().normalize();
  }
}
