FROM maven:3.9.9-eclipse-temurin-17 AS build
WORKDIR /build
COPY pom.xml application.properties log4j2.properties ./
COPY routes routes
COPY src/main src/main
RUN mvn --batch-mode --no-transfer-progress package -DskipTests -Dfmt.skip

FROM eclipse-temurin:17.0.13_11-jre
WORKDIR /bridge
RUN useradd --system --uid 10001 bridge && mkdir data && chown bridge data
COPY --from=build /build/target/pachube-mqtt-bridge.jar ./
COPY --from=build /build/target/lib lib
# to be mounted: application.properties, log4j2.properties, routes/, extra/ (jars of further Camel
# components), and data/ with the callback secret
COPY application.properties log4j2.properties ./
COPY routes routes
USER bridge
VOLUME /bridge/data
# the embedded parts, where they are used, are to be reached from outside the container
ENV SANDBOX_HOST=0.0.0.0
# a container's routes change with the container
ENV ROUTES_RELOAD=false
# health and metrics
ENV MANAGEMENT_HOST=0.0.0.0
# callbacks; health and metrics; the embedded broker and Pachube
EXPOSE 8080 9876 1883 8090
# alive: Camel answers, and its routes run; an outage of Pachube is no reason to start the bridge anew
HEALTHCHECK CMD bash -c 'exec 3<>/dev/tcp/127.0.0.1/9876 && printf "GET /observe/health/live HTTP/1.0\r\n\r\n" >&3 && head -1 <&3 | grep -q 200'
# out of memory: the container's restart is better than a bridge that stands still
ENTRYPOINT ["java", "-XX:+ExitOnOutOfMemoryError", "-jar", "pachube-mqtt-bridge.jar"]
