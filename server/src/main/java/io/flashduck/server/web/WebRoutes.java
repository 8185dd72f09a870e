package io.flashduck.server.web;

/**
 * All paths of the HTTP server.
 *
 * <p>Threading: stateless.
 */
final class WebRoutes {
  private WebRoutes() {}

  /**
   * @param changes when tables changed
   */
  static Router of(WebBackend backend, ChangeTimes changes) {
    Router router = new Router();
    StaticFiles.load().addTo(router);
    StatusEndpoint status = new StatusEndpoint(backend, changes);
    WriteEndpoint write = new WriteEndpoint(backend);
    return router
        .add("GET", "/metrics", new MetricsEndpoint(backend))
        .add("GET", "/api/status", status)
        .add("POST", "/api/query", new QueryEndpoint(backend))
        .add("POST", "/api/tables/*", write);
  }
}
