import "./strict-csp.ts";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { createData } from "./data/data.ts";
import { DataContext } from "./data/use.ts";
import { LanguageProvider } from "./language.tsx";
import { Safely } from "./parts/safely.tsx";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/list.css";
import "./styles/panel.css";
import "./styles/boxes.css";
import "./styles/exchanges.css";
import "./styles/queue.css";
import "./styles/map.css";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const data = createData("/api/v1");

createRoot(root).render(
  <StrictMode>
    <LanguageProvider>
      <Safely>
        <DataContext value={data}>
          <App />
        </DataContext>
      </Safely>
    </LanguageProvider>
  </StrictMode>,
);
