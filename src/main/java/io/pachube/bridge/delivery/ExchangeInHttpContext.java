package io.pachube.bridge.delivery;

import org.apache.camel.Exchange;
import org.apache.camel.component.http.HttpActivityListener;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;

/**
 * Makes camel-http put the exchange into the context of its request, as it does for an endpoint
 * that has a listener: from there {@link DeliveryHttpClient} knows the attempt. Thread safe.
 */
public final class ExchangeInHttpContext implements HttpActivityListener {

    @Override
    public void onRequestSubmitted(
            Object source,
            Exchange exchange,
            HttpHost host,
            HttpRequest request,
            HttpEntity entity) {}

    @Override
    public void onResponseReceived(
            Object source,
            Exchange exchange,
            HttpHost host,
            HttpResponse response,
            HttpEntity entity,
            long elapsed) {}
}
