package io.flashduck.server.flight;

import io.flashduck.server.engine.WireDictionaries;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.List;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.flight.grpc.StatusUtils;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.message.ArrowDictionaryBatch;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends one result as {@link ResultMessage}s. Dictionaries go out before the first batch and stay
 * as they are; there is no metadata.
 *
 * <p>Threading: as gRPC's observer: one thread at a time sends.
 */
final class ResultListener implements ServerStreamListener {
  private static final Logger log = LoggerFactory.getLogger(ResultListener.class);

  private final ServerCallStreamObserver<ResultMessage> call;
  private volatile @Nullable VectorUnloader unloader;
  private volatile @Nullable DictionaryProvider unsentDictionaries;
  private volatile Runnable onReady = () -> {};
  private volatile Runnable onCancel = () -> {};
  private boolean ended;

  /** Must be made before the call's method returns. */
  ResultListener(ServerCallStreamObserver<ResultMessage> call) {
    this.call = call;
    call.setOnReadyHandler(() -> onReady.run());
    call.setOnCancelHandler(() -> onCancel.run());
  }

  @Override
  public boolean isReady() {
    return call.isReady();
  }

  @Override
  public boolean isCancelled() {
    return call.isCancelled();
  }

  @Override
  public void setOnReadyHandler(Runnable handler) {
    onReady = handler;
  }

  @Override
  public void setOnCancelHandler(Runnable handler) {
    onCancel = handler;
  }

  @Override
  public void start(VectorSchemaRoot root, DictionaryProvider dictionaries, IpcOption option) {
    try (ResultMessage message = ResultMessage.of(WireDictionaries.onWire(root.getSchema()))) {
      call.onNext(message);
    }
    unsentDictionaries = WireDictionaries.any(root.getSchema().getFields()) ? dictionaries : null;
    // The null count and aligned buffers, as Flight C++ has them.
    unloader = new VectorUnloader(root, true, true);
  }

  @Override
  public void putNext() {
    VectorUnloader source = unloader;
    if (source == null) {
      throw new IllegalStateException("start first");
    }
    DictionaryProvider unsent = unsentDictionaries;
    if (unsent != null) {
      unsent.getDictionaryIds().stream().sorted().forEach(id -> send(id, unsent.lookup(id)));
      unsentDictionaries = null;
    }
    try (ArrowRecordBatch batch = source.getRecordBatch();
        ResultMessage message = ResultMessage.of(batch)) {
      call.onNext(message);
    }
  }

  private void send(long id, Dictionary dictionary) {
    FieldVector values = dictionary.getVector();
    VectorSchemaRoot root = new VectorSchemaRoot(List.of(values));
    root.setRowCount(values.getValueCount());
    try (ArrowRecordBatch batch = new VectorUnloader(root, true, true).getRecordBatch();
        ArrowDictionaryBatch message = new ArrowDictionaryBatch(id, batch, false);
        ResultMessage bytes = ResultMessage.of(message)) {
      call.onNext(bytes);
    }
  }

  @Override
  public void putNext(ArrowBuf metadata) {
    throw new UnsupportedOperationException("Results have no metadata");
  }

  @Override
  public void putMetadata(ArrowBuf metadata) {
    throw new UnsupportedOperationException("Results have no metadata");
  }

  @Override
  public void setUseZeroCopy(boolean enabled) {
    // always
  }

  @Override
  public synchronized void error(Throwable failure) {
    if (ended) {
      log.warn("A result failed after its end", failure);
      return;
    }
    ended = true;
    call.onError(StatusUtils.toGrpcException(failure));
  }

  @Override
  public synchronized void completed() {
    if (ended) {
      throw new IllegalStateException("A result ended twice");
    }
    ended = true;
    call.onCompleted();
  }
}
