import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/app.js";
import { setStyleNonce } from "./app/nonce.js";
import { startTexts } from "./app/texts.js";
import "@mantine/core/styles.css";
import "./app/portal.css";

setStyleNonce();
await startTexts();
const root = document.getElementById("root");
if (root === null) throw new Error("the page has no place for the portal");
createRoot(root).render(<StrictMode><App /></StrictMode>);
