package io.flashduck.server.validation;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests of a suite that the driver cannot pass, whatever the server does.
 *
 * <p>They run, and must fail with these words: a driver that closes the gap fails the build until
 * the annotation is removed, and so does a server that fails them for another reason.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Repeatable(DriverGap.List.class)
@ExtendWith(DriverGapCheck.class)
public @interface DriverGap {
  /** The names of the tests. */
  String[] tests();

  /** Words of the failure. */
  String says();

  /** Where in the driver the gap is. */
  String because();

  /** Several gaps. */
  @Target(ElementType.TYPE)
  @Retention(RetentionPolicy.RUNTIME)
  @ExtendWith(DriverGapCheck.class)
  @interface List {
    DriverGap[] value();
  }
}
