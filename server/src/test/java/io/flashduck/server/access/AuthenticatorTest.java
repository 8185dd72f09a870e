package io.flashduck.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.config.AccessConfig;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuthenticatorTest {
  private static final Principal BOB = new Principal("bob", Role.READER);

  @TempDir private Path folder;
  private final SettableClock clock = new SettableClock();
  private Path users = Path.of("");

  @BeforeEach
  void writeUsers() throws IOException {
    users = folder.resolve("users");
    Files.writeString(users, "# team\nada:love:lace\nbob:builder:reader\n\nroot:toor:admin\n");
  }

  @Test
  void password_rightAndWrong_areTold() {
    Authenticator access = open();
    assertThat(access.password("ada", "love:lace")).isEqualTo(new Principal("ada", Role.WRITER));
    assertThat(access.password("ada", "love:lace").role()).isEqualTo(Role.WRITER);
    assertThat(access.password("bob", "builder").role()).isEqualTo(Role.READER);
    assertThat(access.password("root", "toor").role()).isEqualTo(Role.ADMIN);
    assertUnauthenticated(() -> access.password("ada", "builder"), "Wrong user or password");
    assertUnauthenticated(() -> access.password("eve", "builder"), "Wrong user or password");
    assertThat(access.anonymous()).isEmpty();
  }

  @Test
  void token_afterRestart_isStillAccepted() {
    String token = open().issueToken(BOB, "s1");
    assertThat(open().token(token)).isEqualTo(new Identity(BOB, "s1"));
  }

  @Test
  void token_anyByteChanged_isRefused() {
    Authenticator access = open();
    String token = access.issueToken(BOB, "s1");
    for (int i = 0; i < token.length() - 1; i++) {
      String changed =
          token.substring(0, i) + (token.charAt(i) == 'A' ? 'B' : 'A') + token.substring(i + 1);
      assertUnauthenticated(() -> access.token(changed), "not valid");
    }
    assertUnauthenticated(() -> access.token(""), "not valid");
    assertUnauthenticated(() -> access.token("eyJhbGciOiJub25lIn0.e30."), "not valid");
  }

  @Test
  void token_usedAsCookie_isRefusedAndViceVersa() {
    Authenticator access = open();
    assertUnauthenticated(() -> access.cookie(access.issueToken(BOB, "s1")), "not valid");
    assertUnauthenticated(() -> access.token(access.issueCookie(BOB, "s1")), "not valid");
    assertThat(access.cookie(access.issueCookie(BOB, "s1"))).isEqualTo(new Identity(BOB, "s1"));
  }

  @Test
  void token_afterItsLifetime_isRefused() {
    Authenticator access = open();
    String token = access.issueToken(BOB, "s1");
    clock.advance(Duration.ofHours(24).minusSeconds(1));
    assertThat(access.token(token).principal().name()).isEqualTo("bob");
    clock.advance(Duration.ofSeconds(2));
    assertUnauthenticated(() -> access.token(token), "out of date");
  }

  @Test
  void token_ofAnotherKey_isRefused() throws IOException {
    String token = open().issueToken(BOB, "s1");
    Files.delete(folder.resolve("signing.key"));
    assertUnauthenticated(() -> open().token(token), "not valid");
  }

  @Test
  void token_afterThePasswordChangedInTheFile_isRefused() throws IOException {
    Authenticator access = open();
    String adas = access.issueToken(new Principal("ada", Role.WRITER), "s1");
    String bobs = access.issueToken(BOB, "s2");
    rewriteUsers("ada:lovelace\nbob:builder:admin\n");
    assertUnauthenticated(() -> access.token(adas), "new password");
    assertThat(access.token(bobs).principal()).isEqualTo(new Principal("bob", Role.ADMIN));
    assertUnauthenticated(() -> access.password("root", "toor"), "Wrong");
    rewriteUsers("nonsense");
    assertThat(access.password("ada", "lovelace").name()).isEqualTo("ada");
  }

  @Test
  void open_singleUser_firstLineIsThePassword() throws IOException {
    Files.writeString(users, "a:b:reader\n");
    Authenticator access = open(Optional.of("ada"));
    assertThat(access.password("ada", "a:b:reader").role()).isEqualTo(Role.ADMIN);
    assertUnauthenticated(() -> access.password("a", "b"), "Wrong");
  }

  @Test
  void open_badLine_isNamed() throws IOException {
    Files.writeString(users, "ada:x\nbob\n");
    assertThatThrownBy(this::open)
        .hasMessageContaining("line 2")
        .hasMessageContaining("name:password");
    Files.writeString(users, "ada:x\nada:y\n");
    assertThatThrownBy(this::open).hasMessageContaining("'ada' is there twice");
  }

  @Test
  void anonymous_withoutPasswordFile_takesAnyPassword() {
    Authenticator access = Authenticator.open(config(false, Optional.empty()), key(), clock);
    assertThat(access.anonymous()).contains(Principal.ANONYMOUS);
    assertThat(access.password("dbeaver", "x")).isEqualTo(Principal.ANONYMOUS);
    String token = access.issueToken(Principal.ANONYMOUS, "s");
    assertThat(access.token(token).session()).isEqualTo("s");
    assertUnauthenticated(() -> open().token(token), "gone");
  }

  @Test
  void signingKey_newFile_isReadableByItsOwnerOnly() throws IOException {
    key();
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("signing.key"))))
        .isEqualTo("rw-------");
  }

  @Test
  void signingKey_damaged_isReported() throws IOException {
    Files.writeString(folder.resolve("signing.key"), "short");
    assertThatThrownBy(this::key)
        .isInstanceOfSatisfying(
            FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_STATE));
  }

  @Test
  void newSession_always_differs() {
    Authenticator access = open();
    assertThat(access.newSession()).hasSize(22).isNotEqualTo(access.newSession());
  }

  private void rewriteUsers(String text) throws IOException {
    Files.writeString(users, text);
    Files.setLastModifiedTime(users, FileTime.from(clock.instant().plusSeconds(60)));
    clock.advance(Duration.ofSeconds(2));
  }

  private Authenticator open() {
    return open(Optional.empty());
  }

  private Authenticator open(Optional<String> user) {
    return Authenticator.open(config(true, user), key(), clock);
  }

  private AccessConfig config(boolean passwords, Optional<String> user) {
    return new AccessConfig(
        user, passwords ? Optional.of(users) : Optional.empty(), Duration.ofHours(24));
  }

  private SigningKey key() {
    return SigningKey.open(folder.resolve("signing.key"));
  }

  private static void assertUnauthenticated(ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            FlashDuckException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHENTICATED))
        .hasMessageContaining(message);
  }
}
