# ChatApp in one folder, dist/, which needs neither sources nor node_modules. compose.yaml runs it with MariaDB and Redis.
# To pin the base image, append the digest that `docker buildx imagetools inspect oven/bun:1.4.5-slim` prints.
FROM oven/bun:1.4.5-slim AS build
WORKDIR /app
COPY package.json bun.lock ./
RUN bun install --production --omit=peer --frozen-lockfile --silent
COPY tsconfig.json ./
COPY migrations migrations
COPY src src
COPY web web
COPY scripts/build.ts scripts/
RUN bun run build

FROM oven/bun:1.4.5-slim
WORKDIR /app
COPY --from=build /app/dist dist
RUN mkdir --mode=700 /data && chown bun:bun /data
USER bun
VOLUME /data
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=40s \
  CMD ["bun", "-e", "process.exit((await fetch(`http://localhost:${process.env.PORT}/health/ready`)).ok ? 0 : 1)"]
# On SIGTERM it drains for up to 8 seconds; Docker waits 10.
CMD ["bun", "dist/server/main.js"]
