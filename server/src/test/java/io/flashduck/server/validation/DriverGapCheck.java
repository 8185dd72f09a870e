package io.flashduck.server.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/** Expects the failure that a {@link DriverGap} names, and no other. */
final class DriverGapCheck implements InvocationInterceptor {
  @Override
  public void interceptTestMethod(
      Invocation<Void> test, ReflectiveInvocationContext<Method> method, ExtensionContext context)
      throws Throwable {
    Optional<DriverGap> gap =
        Arrays.stream(context.getRequiredTestClass().getAnnotationsByType(DriverGap.class))
            .filter(g -> List.of(g.tests()).contains(method.getExecutable().getName()))
            .findFirst();
    if (gap.isEmpty()) {
      test.proceed();
      return;
    }
    assertThat(catchThrowable(test::proceed))
        .as("a gap of the driver: %s", gap.get().because())
        .isNotNull()
        .hasMessageContaining(gap.get().says());
  }
}
