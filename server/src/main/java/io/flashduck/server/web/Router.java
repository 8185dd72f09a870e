package io.flashduck.server.web;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Endpoints by method and path; a path that ends with {@code /*} covers everything below it.
 *
 * <p>Threading: immutable once built.
 */
final class Router {
  private final List<Route> routes = new ArrayList<>();

  private record Route(String method, String path, Endpoint endpoint) {
    boolean covers(String asked) {
      return path.endsWith("/*")
          ? asked.startsWith(path.substring(0, path.length() - 1))
          : asked.equals(path);
    }
  }

  Router add(String method, String path, Endpoint endpoint) {
    routes.add(new Route(method, path, endpoint));
    return this;
  }

  /** The endpoint, or the answer that there is none. HEAD is answered like GET. */
  Endpoint find(String method, String path) {
    String asked = method.equals("HEAD") ? "GET" : method;
    List<Route> covering = routes.stream().filter(route -> route.covers(path)).toList();
    Optional<Route> match =
        covering.stream().filter(route -> route.method().equals(asked)).findFirst();
    if (match.isPresent()) {
      return match.get().endpoint();
    }
    if (covering.isEmpty()) {
      return request ->
          Response.error(HttpStatus.NOT_FOUND, "NOT_FOUND", "There is nothing at " + path);
    }
    TreeSet<String> allowed = new TreeSet<>();
    covering.forEach(route -> allowed.add(route.method()));
    String methods = String.join(", ", allowed);
    return request ->
        Response.error(HttpStatus.METHOD_NOT_ALLOWED, "INVALID_REQUEST", path + " takes " + methods)
            .with("Allow", methods);
  }
}
