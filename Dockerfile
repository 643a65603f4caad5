# ChatApp with its production dependencies and the built pages. compose.yaml runs it with MariaDB and Redis.
FROM oven/bun:1.4.5-slim

WORKDIR /app
COPY package.json bun.lock ./
RUN bun install --production --frozen-lockfile --silent
COPY tsconfig.json ./
COPY migrations migrations
COPY src src
COPY web web
COPY scripts/build.ts scripts/
RUN bun run build && mkdir /data && chown bun:bun /data

USER bun
VOLUME /data
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
EXPOSE 3000
# On SIGTERM it drains for up to 8 seconds; Docker waits 10.
CMD ["bun", "dist/server/main.js"]
