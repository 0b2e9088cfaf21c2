package io.pachube.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;
import org.xml.sax.helpers.DefaultHandler;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;

import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;

/** Converts EEML 0.5.1 from and to the JSON document (contract, sections 2 and 3). */
final class EemlFormat {
    private static final String HEAD = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    private static final String NAMESPACE = "http://www.eeml.org/xsd/0.5.1";
    private static final List<String> TEXTS =
            List.of("title", "feed", "auto_feed_url", "status", "description", "icon", "website");

    private EemlFormat() {}

    /** The feed's own elements are left out where only a datastream was asked for. */
    static String write(JsonNode feed, boolean whole) {
        StringBuilder out = new StringBuilder(HEAD);
        out.append("<eeml xmlns=\"").append(NAMESPACE);
        out.append("\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" version=\"0.5.1\"");
        out.append(" xsi:schemaLocation=\"").append(NAMESPACE).append(' ').append(NAMESPACE);
        out.append("/0.5.1.xsd\"><environment");
        attributes(out, feed, "updated", "created", "id", "creator").append('>');
        if (whole) {
            TEXTS.forEach(name -> element(out, feed, name, name));
            element(out, feed, "email", "email");
            element(out, feed, "private", "private");
            feed.path("tags").forEach(tag -> out.append("<tag>" + escaped(tag) + "</tag>"));
            JsonNode location = feed.path("location");
            if (location.isObject()) {
                attributes(out.append("<location"), location, "domain", "exposure", "disposition");
                out.append('>');
                List.of("name", "lat", "lon", "ele").forEach(n -> element(out, location, n, n));
                out.append("</location>");
            }
        }
        feed.path("datastreams").forEach(stream -> data(out, stream));
        return out.append("</environment></eeml>").toString();
    }

    private static void data(StringBuilder out, JsonNode stream) {
        attributes(out.append("<data"), stream, "id").append('>');
        stream.path("tags").forEach(tag -> out.append("<tag>" + escaped(tag) + "</tag>"));
        element(out, stream, "current_value", "current_value", "at");
        element(out, stream, "max_value", "max_value");
        element(out, stream, "min_value", "min_value");
        element(out, stream.path("unit"), "label", "unit", "type", "symbol");
        if (stream.has("datapoints")) {
            out.append("<datapoints>");
            stream.get("datapoints").forEach(point -> element(out, point, "value", "value", "at"));
            out.append("</datapoints>");
        }
        out.append("</data>");
    }

    static String error(String title, String error) {
        ObjectNode node = JsonFormat.object().put("title", title).put("error", error);
        StringBuilder out = new StringBuilder(HEAD).append("<errors>");
        node.fieldNames().forEachRemaining(name -> element(out, node, name, name));
        return out.append("</errors>").toString();
    }

    private static void element(
            StringBuilder out, JsonNode node, String field, String name, String... attributes) {
        if (node.has(field)) {
            attributes(out.append('<').append(name), node, attributes).append('>');
            out.append(escaped(node.get(field))).append("</").append(name).append('>');
        }
    }

    private static StringBuilder attributes(StringBuilder out, JsonNode node, String... names) {
        for (String name : names) {
            if (node.has(name)) {
                out.append(' ').append(name).append("=\"").append(escaped(node.get(name)));
                out.append('"');
            }
        }
        return out;
    }

    /** Characters that XML 1.0 cannot hold at all become a question mark. */
    private static String escaped(JsonNode node) {
        return node.asText()
                .replaceAll("[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\uFFFE\\uFFFF]", "?")
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** An EEML document as the JSON form of its environment; a trigger's as its flat object. */
    static ObjectNode read(String text) {
        Element root = parse(text);
        ObjectNode document = JsonFormat.object();
        if (root.getNodeName().equals("datastream-trigger")) {
            children(root).forEach(e -> document.put(e.getNodeName().replace('-', '_'), text(e)));
            return document;
        }
        Element environment = children(root).stream().findFirst().orElse(root);
        for (Element child : children(environment)) {
            switch (child.getNodeName()) {
                case "data" -> document.withArray("datastreams").add(stream(child));
                case "tag" -> document.withArray("tags").add(text(child));
                case "location" -> {
                    ObjectNode location = document.putObject("location");
                    List.of("domain", "exposure", "disposition")
                            .forEach(name -> attribute(location, name, child));
                    children(child).forEach(e -> location.put(e.getNodeName(), text(e)));
                }
                default -> document.put(child.getNodeName(), text(child));
            }
        }
        return document;
    }

    private static ObjectNode stream(Element data) {
        ObjectNode stream = JsonFormat.object();
        attribute(stream, "id", data);
        for (Element child : children(data)) {
            switch (child.getNodeName()) {
                case "tag" -> stream.withArray("tags").add(text(child));
                case "current_value" -> {
                    stream.put("current_value", text(child));
                    attribute(stream, "at", child);
                }
                case "unit" -> {
                    ObjectNode unit = stream.putObject("unit").put("label", text(child));
                    attribute(unit, "type", child);
                    attribute(unit, "symbol", child);
                }
                case "datapoints" ->
                        children(child)
                                .forEach(
                                        value ->
                                                attribute(
                                                        stream.withArray("datapoints")
                                                                .addObject()
                                                                .put("value", text(value)),
                                                        "at",
                                                        value));
                default -> {} // max_value and min_value are the server's own
            }
        }
        return stream;
    }

    private static void attribute(ObjectNode node, String name, Element element) {
        if (element.hasAttribute(name)) {
            node.put(name, element.getAttribute(name));
        }
    }

    private static String text(Element element) {
        return element.getTextContent().strip();
    }

    private static List<Element> children(Element parent) {
        List<Element> children = new ArrayList<>();
        for (Node n = parent.getFirstChild(); n != null; n = n.getNextSibling()) {
            if (n instanceof Element element) {
                children.add(element);
            }
        }
        return children;
    }

    private static Element parse(String text) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            // No document types: no entities to expand, no files to fetch.
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            DocumentBuilder builder = factory.newDocumentBuilder();
            builder.setErrorHandler(new DefaultHandler()); // the default one prints errors
            return builder.parse(new InputSource(new StringReader(text))).getDocumentElement();
        } catch (SAXParseException e) {
            String where = " at " + e.getLineNumber() + ":" + e.getColumnNumber();
            throw new ApiException(
                    400, "XML Parser Error", "invalid format, " + e.getMessage() + where);
        } catch (SAXException | IOException | ParserConfigurationException e) {
            throw new ApiException(400, "XML Parser Error", "invalid format");
        }
    }
}
