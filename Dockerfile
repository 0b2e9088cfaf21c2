FROM maven:3.9.9-eclipse-temurin-17 AS build
WORKDIR /build
# what the build needs, without its sources: a layer that stays until pom.xml changes
ARG GOALS="process-classes jar:jar@default-jar jar:jar@sandbox dependency:copy-dependencies@lib"
COPY pom.xml ./
RUN mvn --batch-mode --no-transfer-progress $GOALS && mv target/lib /dependencies && rm /dependencies/pachube-*.jar
COPY application.properties log4j2.properties ./
COPY routes routes
COPY src src
RUN mvn --batch-mode --no-transfer-progress $GOALS

FROM eclipse-temurin:17.0.13_11-jre
WORKDIR /bridge
COPY --from=build /dependencies lib
COPY src/main/dist/bin/healthcheck bin/
# to be mounted: application.properties, log4j2.properties, routes/, extra/ (jars of further Camel
# components), and data/ with the callback secret
COPY application.properties log4j2.properties ./
COPY routes routes
COPY --from=build /build/target/lib/pachube-mqtt-bridge-sandbox.jar lib/
COPY --from=build /build/target/pachube-mqtt-bridge.jar ./
# the class data archive; and a folder for data, which any user of group 0 may write
RUN java -cp pachube-mqtt-bridge.jar io.pachube.sandbox.ClassDataArchive pachube-mqtt-bridge.jar bridge.jsa \
    && mkdir data && chmod 775 data
USER 10001:0
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
HEALTHCHECK CMD ["bin/healthcheck"]
# half of the container's memory is for the heap. Out of memory: the container's restart is better than a bridge that
# stands still
ENTRYPOINT ["java", "-XX:SharedArchiveFile=bridge.jsa", "-Xlog:cds=off", "-XX:MaxRAMPercentage=50", \
    "-XX:+ExitOnOutOfMemoryError", "-jar", "pachube-mqtt-bridge.jar"]
