import { useEffect, useState } from "react";
import type { TerritoriesReply } from "../api/schemas.ts";
import { useData, useResource } from "./data/use.ts";
import { useWords } from "./language.tsx";
import { NARROW, useMedia } from "./media.ts";
import { GoneBanner } from "./parts/banners.tsx";
import { Header } from "./parts/header.tsx";
import { Link } from "./parts/link.tsx";
import { Await, Empty } from "./parts/notices.tsx";
import { Scope } from "./parts/scope.tsx";
import { type Route, useRoute } from "./route.ts";

/** Header and banner stand whatever happens below; the tree of communes is what everything else hangs on. */
export function App() {
  const { say } = useWords();
  const route = useRoute();
  const territories = useResource(useData().territories);
  const narrow = useMedia(NARROW);
  // On a phone without a commune in the address, the tree is the first screen.
  const [drawer, setDrawer] = useState(() => narrow && location.pathname === "/" && route?.view !== "map");
  useTitle(route, territories.data);
  return (
    <>
      <a className="skip" href="#content">
        {say("app.skip")}
      </a>
      <Header region={territories.data?.region} onPlaces={() => setDrawer(true)} />
      <GoneBanner />
      {route === undefined ? (
        <main id="content" className="alone">
          <Empty alone title={say("app.notFound")} help={say("app.notFoundHelp")}>
            <Link to={{ view: "assets" }} className="button">
              {say("app.everything")}
            </Link>
          </Empty>
        </main>
      ) : (
        <Await of={territories}>
          {(tree) => (
            <Scope tree={tree} route={route} narrow={narrow} drawer={drawer} onDrawerClose={() => setDrawer(false)} />
          )}
        </Await>
      )}
    </>
  );
}

function useTitle(route: Route | undefined, tree: TerritoriesReply | undefined): void {
  const { say } = useWords();
  const commune = tree?.territories
    .flatMap(({ communes }) => communes)
    .find(({ insee }) => insee === route?.commune)?.name;
  const title = [route?.asset, commune, say("app.name")].filter((part) => part !== undefined).join(" · ");
  useEffect(() => {
    document.title = title;
  }, [title]);
}
