package io.flashduck.server.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * The files of the page, out of the jar.
 *
 * <p>Threading: immutable.
 */
final class StaticFiles {
  private static final Map<String, String> TYPES =
      Map.of(
          "index.html", "text/html; charset=utf-8",
          "app.js", "text/javascript; charset=utf-8",
          "style.css", "text/css; charset=utf-8",
          "icon.svg", "image/svg+xml");

  private final Map<String, Page> pages;

  private record Page(Response response, String tag) {}

  private StaticFiles(Map<String, Page> pages) {
    this.pages = Map.copyOf(pages);
  }

  /** Reads all files once. */
  static StaticFiles load() {
    Map<String, Page> pages = new HashMap<>();
    TYPES.forEach((name, type) -> pages.put("/" + name, read(name, type)));
    pages.put("/", read("index.html", "text/html; charset=utf-8"));
    return new StaticFiles(pages);
  }

  private static Page read(String name, String type) {
    try (InputStream in = StaticFiles.class.getResourceAsStream("page/" + name)) {
      if (in == null) {
        throw new IOException("the resource page/" + name + " is missing from the jar");
      }
      byte[] content = in.readAllBytes();
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
      String tag = '"' + HexFormat.of().formatHex(hash, 0, 8) + '"';
      Response response =
          Response.of(HttpStatus.OK, type, content)
              .with("ETag", tag)
              .with("Cache-Control", "no-cache");
      return new Page(response, tag);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Adds every file to the router. */
  void addTo(Router router) {
    pages.forEach((path, page) -> router.add("GET", path, request -> answer(request, page)));
  }

  private static Response answer(Request request, Page page) {
    boolean known = request.header("If-None-Match").filter(page.tag()::equals).isPresent();
    return known
        ? Response.of(HttpStatus.NOT_MODIFIED, page.response().contentType(), new byte[0])
            .with("ETag", page.tag())
        : page.response();
  }
}
